/** Names that are asked for and do not exist, by design: nobody misspelt them. */
const specialNames: ReadonlySet<string> = new Set([
  // Web proxy auto-discovery.
  'wpad',
  // Firefox asks whether it may use DNS over HTTPS.
  'use-application-dns.net',
]);

/** RFC 6761, 6762, 7686, 8375: names without a place in the public DNS, and addresses asked for backwards. */
const specialSuffixes = ['arpa', 'local', 'localhost', 'invalid', 'onion', 'alt'];

export function isSpecialName(name: string): boolean {
  const [first = name] = name.split('.', 1);
  return (
    specialNames.has(name) ||
    specialNames.has(first) ||
    name.startsWith('_') ||
    specialSuffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`))
  );
}
