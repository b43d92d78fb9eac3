import { basename } from 'node:path';

const testEnding = /\.test\.(ya?ml)$/;

/** `net.test.yaml` is about `net.yaml` beside it, unless it says otherwise. */
export function ruleFileOf(testPath: string): string {
  return basename(testPath).replace(testEnding, '.$1');
}

/** Where the tests of a rule file stand: `net.yaml` → `net.test.yaml`; a test file is its own. */
export function testFileOf(path: string): string {
  return testEnding.test(path) ? path : path.replace(/\.(ya?ml)$/, '.test.$1');
}
