/** A file that the guide tells the reader to write. */
export interface FileBlock {
  readonly kind: 'file';
  readonly path: string;
  readonly content: string;
}

/** Commands that the guide tells the reader to run, with what they print if it says so. */
export interface CommandBlock {
  readonly kind: 'commands';
  readonly script: string;
  readonly exitCode: number;
  /** Needs a Saccade that runs. */
  readonly running: boolean;
  /** What it prints comes some time later: to be asked again until then. */
  readonly patient: boolean;
  readonly output: string | undefined;
}

export type GuideBlock = FileBlock | CommandBlock;

const fence = /^```(\S+)([^\n]*)\n([\s\S]*?)^```$/gmu;

/**
 * What of a guide can be carried out, in its order: fences `yaml file=PATH`, and `sh test`, where `exit=N` names the exit
 * code, `running` asks for a Saccade that runs, `patient` says that the output takes its time, and a `text` fence right
 * behind holds the output. Other fences are prose.
 */
export function guideBlocks(markdown: string): readonly GuideBlock[] {
  const fences = [...markdown.matchAll(fence)];
  return fences.flatMap(([, language = '', info = '', content = ''], index): readonly GuideBlock[] => {
    const file = /\bfile=(\S+)/u.exec(info)?.[1];
    if (file !== undefined) return [{ kind: 'file', path: file, content }];
    if (language !== 'sh' || !/\btest\b/u.test(info)) return [];
    return [toCommands(info, content, fences[index + 1])];
  });
}

function toCommands(info: string, script: string, next: RegExpExecArray | undefined): CommandBlock {
  return {
    kind: 'commands',
    script,
    exitCode: Number(/\bexit=(\d+)/u.exec(info)?.[1] ?? 0),
    running: /\brunning\b/u.test(info),
    patient: /\bpatient\b/u.test(info),
    output: next?.[1] === 'text' ? next[3] : undefined,
  };
}

/** The lines that are expected, `…` standing for anything, also for nothing and for further lines. */
export function outputPattern(expected: string): RegExp {
  const parts = expected.trim().split(/\s*…\s*/u);
  return new RegExp(
    `^${parts.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&')).join('[\\s\\S]*?')}$`,
    'u',
  );
}
