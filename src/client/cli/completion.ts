import { Argument, type Command } from 'commander';
import { AegisError } from '../../model/errors.ts';
import { candidates } from './complete.ts';
import type { CliContext } from './context.ts';

/** Completion is asked of the program itself, so it never falls behind the commands. */
const SCRIPTS = {
  bash: `_aegisctl() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(aegisctl __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _aegisctl aegisctl`,
  zsh: `#compdef aegisctl
_aegisctl() {
  local -a found
  found=("\${(@f)$(aegisctl __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a found; else _files; fi
}
compdef _aegisctl aegisctl`,
  fish: `complete -c aegisctl -a '(aegisctl __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
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
  program.command('__complete [words...]', { hidden: true }).action(async (words: string[]) => {
    for (const candidate of await candidates(program, words, context)) context.out(candidate);
  });
}
