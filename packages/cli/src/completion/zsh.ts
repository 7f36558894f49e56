/** Completion for zsh. */
import type { Command, Option } from '../command.ts';
import { firstWords, operandWords, optionsOf, secondWords, valueKind } from './candidates.ts';

export function zshCompletion(commands: readonly Command[]): string {
  const seconds = secondWords(commands);
  const lines = [
    '#compdef holdfast',
    '_holdfast() {',
    '  local -a words_now',
    '  local command=',
    '  integer i',
    '  for ((i = 2; i < CURRENT; i++)); do',
    '    [[ $words[i] == -* ]] && continue',
    '    if [[ -z $command ]]; then command=$words[i]',
    `    elif [[ $command == (${[...seconds.keys()].join('|')}) ]]; then command="$command $words[i]"; break`,
    '    else break; fi',
    '  done',
    '  case $command in',
    "  '')",
    '    words_now=(',
    ...[...firstWords(commands)].map(([word, summary]) => `      ${describe(word, summary)}`),
    '    )',
    "    _describe 'command' words_now ;;",
    ...[...seconds].flatMap(([first, members]) => [
      `  ${first})`,
      '    words_now=(',
      ...members.map(
        ({ name, summary }) => `      ${describe(name.slice(first.length + 1), summary)}`,
      ),
      '    )',
      "    _describe 'command' words_now ;;",
    ]),
    ...commands.flatMap((command) => [
      `  '${command.name}')`,
      `    _arguments -s \\`,
      ...optionsOf(command)
        .flatMap(optionSpecs)
        .map((spec) => `      ${spec} \\`),
      `      ${operandSpec(command, commands)} ;;`,
    ]),
    '  esac',
    '}',
    'if [[ $zsh_eval_context[-1] == loadautofunc ]]; then',
    '  _holdfast "$@"',
    'else',
    '  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }',
    '  compdef _holdfast holdfast',
    'fi',
  ];
  return `${lines.join('\n')}\n`;
}

function describe(word: string, summary: string): string {
  return quote(`${word}:${summary}`);
}

function optionSpecs(option: Option): string[] {
  const { name, short, isList, summary, value } = option;
  const text = `[${summary.replaceAll(/[[\]]/g, '\\$&')}]`;
  const action = value === undefined ? '' : `:${value}:${valueAction(option)}`;
  const forms = short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
  return forms.map((form) => quote(`${isList ? '*' : ''}${form}${text}${action}`));
}

function valueAction(option: Option): string {
  const kind = valueKind(option);
  if (kind === 'choices') return `(${option.choices?.join(' ')})`;
  return kind === 'file' ? '_files' : kind === 'folder' ? '_files -/' : ' ';
}

function operandSpec(command: Command, commands: readonly Command[]): string {
  const { completes, operands } = command;
  if (completes === 'folder') return "'*:folder:_files'";
  const words = operandWords(command, commands);
  if (words !== null) return quote(`*:word:(${words.join(' ')})`);
  return operands.most === 0 ? "'*: : '" : "'*:operand: '";
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
