import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;

cryptoProvider.set(webcrypto);

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateAuthority {
  readonly pem: string;
  /** A certificate for `names`; `expired`: since yesterday. */
  issue(names: readonly string[], options?: { readonly expired?: boolean }): Promise<KeyPair>;
}

/** An authority of a test's own. */
export async function createAuthority(name = 'test authority'): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + dayMs),
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    pem: root.toString('pem'),
    issue: (names, { expired = false } = {}) => issue(root, keys.privateKey, names, expired),
  };
}

async function issue(
  root: X509Certificate,
  signingKey: webcrypto.CryptoKey,
  names: readonly string[],
  expired: boolean,
): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${names[0]}`,
    issuer: root.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 3 * dayMs),
    notAfter: new Date(Date.now() + (expired ? -dayMs : dayMs)),
    extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: typeOf(value), value })))],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
}

function typeOf(name: string): 'ip' | 'dns' {
  return /^[\d.]+$|:/.test(name) ? 'ip' : 'dns';
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}
