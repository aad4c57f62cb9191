import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The little of JSON that a component needs: a reader that takes every valid text, and quoting for what is written.
 * Objects become maps, lists lists, texts strings, numbers doubles.
 */
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    static Object parse(String text) throws IOException {
        var reader = new Json(text);
        var value = reader.value();
        reader.blanks();
        if (reader.at < text.length()) {
            throw reader.wrong("the end");
        }
        return value;
    }

    /** Empty when it is no object. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    /** Empty when it is no list. */
    static List<?> list(Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    /** "" when it is no text. */
    static String text(Object value) {
        return value instanceof String string ? string : "";
    }

    /** 0 when it is no number. */
    static double number(Object value) {
        return value instanceof Double number ? number : 0;
    }

    /** The text in quotes, as JSON wants it. */
    static String quote(String text) {
        var quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append(c);
                default -> quoted.append(c < ' ' ? "\\u%04x".formatted((int) c) : c);
            }
        }
        return quoted.append('"').toString();
    }

    private Object value() throws IOException {
        blanks();
        return switch (peek()) {
            case '{' -> object();
            case '[' -> list();
            case '"' -> string();
            default -> word();
        };
    }

    private Map<String, Object> object() throws IOException {
        var fields = new HashMap<String, Object>();
        demand('{');
        if (takes('}')) {
            return fields;
        }
        do {
            blanks();
            var name = string();
            demand(':');
            fields.put(name, value());
        } while (takes(','));
        demand('}');
        return fields;
    }

    private List<Object> list() throws IOException {
        var items = new ArrayList<>();
        demand('[');
        if (takes(']')) {
            return items;
        }
        do {
            items.add(value());
        } while (takes(','));
        demand(']');
        return items;
    }

    private String string() throws IOException {
        demand('"');
        var string = new StringBuilder();
        while (peek() != '"') {
            char c = text.charAt(at++);
            string.append(c == '\\' ? escaped() : c);
        }
        at++;
        return string.toString();
    }

    private char escaped() throws IOException {
        char c = peek();
        at++;
        return switch (c) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> c;
        };
    }

    private char unicode() throws IOException {
        try {
            at += 4;
            return (char) Integer.parseInt(text.substring(at - 4, at), 16);
        } catch (IndexOutOfBoundsException | NumberFormatException error) {
            throw wrong("four hexadecimal digits");
        }
    }

    private Object word() throws IOException {
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || "+-.".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        var word = text.substring(start, at);
        try {
            return switch (word) {
                case "null" -> null;
                case "true" -> Boolean.TRUE;
                case "false" -> Boolean.FALSE;
                default -> Double.valueOf(word);
            };
        } catch (NumberFormatException error) {
            throw wrong("a JSON value");
        }
    }

    private void blanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    /** Whether the next character, blanks aside, is this one; then it is taken. */
    private boolean takes(char wanted) {
        blanks();
        boolean found = at < text.length() && text.charAt(at) == wanted;
        at += found ? 1 : 0;
        return found;
    }

    private void demand(char wanted) throws IOException {
        if (!takes(wanted)) {
            throw wrong("'" + wanted + "'");
        }
    }

    private char peek() throws IOException {
        if (at >= text.length()) {
            throw wrong("more");
        }
        return text.charAt(at);
    }

    private IOException wrong(String expected) {
        return new IOException("JSON: " + expected + " is expected at character " + at);
    }
}
