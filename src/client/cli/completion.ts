import { Argument, type Command } from 'commander';
import { AegisError } from '../../model/errors.ts';
import type { CliContext } from './context.ts';

/** Completion is asked of the program itself, so it never falls behind the commands. */
const SCRIPTS = {
  bash: `_aegisctl() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(aegisctl __complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _aegisctl aegisctl`,
  zsh: `#compdef aegisctl
_aegisctl() {
  local -a words_found
  words_found=("\${(@f)$(aegisctl __complete "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
  compadd -a words_found
}
compdef _aegisctl aegisctl`,
  fish: `complete -c aegisctl -f -a '(aegisctl __complete (commandline -opc)[2..-1] 2>/dev/null)'`,
} as const;

type Shell = keyof typeof SCRIPTS;

export function registerCompletion(program: Command, context: CliContext): void {
  program
    .command('completion')
    .description('Print a shell\'s completion script: eval "$(aegisctl completion bash)"')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SCRIPTS)))
    .action((shell: Shell) => {
      if (context.json) throw new AegisError('USAGE', 'a completion script is not JSON');
      context.out(SCRIPTS[shell]);
    });
  program
    .command('__complete [words...]', { hidden: true })
    .allowUnknownOption()
    .action((words: string[]) => {
      for (const candidate of candidates(program, words)) context.out(candidate);
    });
}

/** What may follow the words: subcommands and options of the command they lead to. */
export function candidates(program: Command, words: readonly string[]): string[] {
  let command = program;
  for (const word of words) command = command.commands.find((child) => child.name() === word) ?? command;
  const names = command.commands.map((child) => child.name()).filter((name) => !name.startsWith('__'));
  const options = command.options.filter((option) => !option.hidden).map((option) => option.long ?? option.short ?? '');
  return [...names, ...options];
}
