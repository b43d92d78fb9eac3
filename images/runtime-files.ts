const tests =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|benchmarks?|coverage|\.github)\/|\.(?:test|spec)\.[cm]?[jt]s$/u;
const sources = /\.(?:[cm]?tsx?|flow|map|tsbuildinfo|c|cc|cpp|h|hh|hpp|inc|[sS]|asm|gypi?|cmake)$/u;
const documents = /\.(?:md|markdown|html|txt|png|svg)$/iu;
const licence = /(?:^|\/)(?:licen[cs]e|notice|copying)[^/]*$/iu;
/** Native modules for other C libraries and other runtimes than the image has. */
const otherRuntime = /^@koromix\/[^/]+\/musl_|\.bare$/u;

/**
 * Is a file of node_modules (its path from there) ever loaded? Not its tests, sources in other languages, types, maps
 * and documents. Licences stay.
 */
export function isRuntimeFile(path: string): boolean {
  if (licence.test(path)) return true;
  return ![tests, sources, documents, otherRuntime].some((pattern) => pattern.test(path));
}
