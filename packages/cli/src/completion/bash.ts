/** Completion for bash 3.2 and newer. */
import type { Command, Option } from '../command.ts';
import { firstWords, operandWords, optionsOf, secondWords, valueKind } from './candidates.ts';

export function bashCompletion(commands: readonly Command[]): string {
  const seconds = secondWords(commands);
  const all = [
    ...new Map(commands.flatMap(optionsOf).map((option) => [option.name, option])).values(),
  ];
  const lines = [
    '# bash completion for holdfast',
    '_holdfast() {',
    '  local current=$2 previous=$3',
    '  local command= words= folders= word',
    '  COMPREPLY=()',
    '  case $previous in',
    ...all.filter((option) => valueKind(option) !== 'none').map(valueCase),
    `  ${all
      .filter(isFree)
      .map(({ name }) => `--${name}`)
      .join('|')}) return ;;`,
    '  esac',
    `  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do`,
    '    case $word in -*) continue ;; esac',
    '    if [ -z "$command" ]; then command=$word',
    `    elif [[ $command =~ ^(${[...seconds.keys()].join('|')})$ ]]; then command="$command $word"; break`,
    '    else break; fi',
    '  done',
    '  case $command in',
    `  '') words='${[...firstWords(commands).keys()].join(' ')}' ;;`,
    ...[...seconds].map(([first, members]) => {
      const words = members.map(({ name }) => name.slice(first.length + 1));
      return `  ${first}) words='${words.join(' ')}' ;;`;
    }),
    ...commands.map((command) => commandCase(command, commands)),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '  if [[ -n $folders ]]; then COMPREPLY+=($(compgen -d -- "$current")); fi',
    '}',
    'complete -o filenames -F _holdfast holdfast',
  ];
  return `${lines.join('\n')}\n`;
}

function isFree(option: Option): boolean {
  return option.value !== undefined && valueKind(option) === 'none';
}

function valueCase(option: Option): string {
  const kind = valueKind(option);
  const flag =
    kind === 'folder' ? '-d' : kind === 'file' ? '-f' : `-W '${option.choices?.join(' ')}'`;
  return `  --${option.name}) COMPREPLY=($(compgen ${flag} -- "$current")); return ;;`;
}

function commandCase(command: Command, commands: readonly Command[]): string {
  const options = optionsOf(command).map(({ name }) => `--${name}`);
  const words = [...(operandWords(command, commands) ?? []), ...options].join(' ');
  const takesFolders =
    command.completes === 'folder' ||
    // Folders that follow one of the words.
    (command.completes !== undefined && command.operands.most === Number.POSITIVE_INFINITY);
  const folders = takesFolders ? ' [[ $current == -* ]] || folders=yes;' : '';
  return `  '${command.name}') words='${words}';${folders};`;
}
