import type { Command, Option } from 'commander';
import { createProgram } from '../../cli/run.ts';
import { type GeneratedFile, referencePage } from './generated-file.ts';
import { code, table } from './markdown.ts';

const introduction = `In a clone: \`npm run --silent saccade -- …\`, or \`cli/bin/saccade …\` from anywhere. Results go to standard output, everything
else to standard error. Exit codes: 0 done, 1 failed (or faults were found), 2 bad input.`;

export async function cliPage(): Promise<GeneratedFile> {
  const program = await createProgram({ out: ignore, err: ignore });
  return referencePage('cli', 'The command `saccade`', [
    introduction,
    ...program.commands.flatMap((one) => describe(one, '')),
  ]);
}

function ignore(): void {}

function describe(command: Command, parent: string): readonly string[] {
  const name = `${parent}${command.name()}`;
  if (command.commands.length > 0)
    return [
      `## ${code(name)}`,
      `${capitalize(command.description())}.`,
      ...(command.options.length > 0 ? [optionTable(command.options)] : []),
      ...command.commands.flatMap((one) => describe(one, `${name} `)),
    ];
  return [
    `${parent === '' ? '##' : '###'} ${code(name)}`,
    code(`saccade ${parent}${command.name()} ${command.usage()}`),
    `${capitalize(command.description())}.`,
    argumentTable(command),
    optionTable(command.options),
  ].filter((block) => block !== '');
}

function argumentTable(command: Command): string {
  const rows = command.registeredArguments.map((argument) => [
    code(
      argument.required ? `<${argument.name()}${dots(argument)}>` : `[${argument.name()}${dots(argument)}]`,
    ),
    argument.description,
  ]);
  return table(['argument', 'meaning'], rows);
}

const dots = ({ variadic }: { readonly variadic: boolean }): string => (variadic ? '…' : '');

function optionTable(options: readonly Option[]): string {
  return table(
    ['option', 'default', 'meaning'],
    options.map((option) => [code(option.flags), defaultOf(option), meaning(option)]),
  );
}

function defaultOf({ mandatory, defaultValue, defaultValueDescription }: Option): string {
  if (mandatory) return '**required**';
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  return typeof defaultValue === 'string' && defaultValue !== '' ? code(defaultValue) : '';
}

function meaning({ description, argChoices }: Option): string {
  return argChoices === undefined ? description : `${description} (${argChoices.map(code).join(', ')})`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
