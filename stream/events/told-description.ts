/** What a template shows of a figure that is not known, standing by itself. */
const unknownFigure = /(?:^|\s)\?(?=[\s,.:;%]|$)/u;

/**
 * A rule's description without the sentences whose figures are not known (`? of ? segments …`, of a window without
 * rows): they tell nothing. undefined: nothing is left of it.
 */
export function toldDescription(annotations: Readonly<Record<string, string>>): string | undefined {
  const sentences = (annotations['description'] ?? '').split(/(?<=\.)\s+/u);
  const told = sentences.filter((sentence) => !unknownFigure.test(sentence)).join(' ');
  return told === '' ? undefined : told;
}
