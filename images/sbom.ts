import type { DebianPackage } from './base-layer.ts';
import { runTool } from './run-tool.ts';

export interface SbomOptions {
  /** Holds package.json, package-lock.json and node_modules. */
  readonly application: string;
  readonly debian: readonly DebianPackage[];
  readonly nodeVersion: string;
  readonly epochSeconds: number;
}

interface CycloneDx {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly components: readonly unknown[];
  readonly dependencies: readonly unknown[];
  readonly serialNumber?: string;
}

/**
 * What is in the image, as CycloneDX 1.5: `npm sbom` for the JavaScript part, Node and the Debian packages beside it.
 * Without the serial number and the time of npm: the same image has the same list.
 */
export function createSbom(options: SbomOptions): string {
  const flags = ['--omit=dev', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
  const ofNpm = JSON.parse(runTool('npm', ['sbom', ...flags], { cwd: options.application })) as CycloneDx;
  const { serialNumber: _random, ...rest } = ofNpm;
  const timestamp = new Date(options.epochSeconds * 1_000).toISOString();
  const own = [nodeComponent(options.nodeVersion), ...options.debian.map(debianComponent)];
  const sbom = {
    ...rest,
    metadata: { ...ofNpm.metadata, timestamp },
    components: [...ofNpm.components, ...own],
  };
  return `${JSON.stringify(sbom, null, 2)}\n`;
}

function nodeComponent(version: string) {
  const purl = `pkg:generic/node@${version}`;
  return { 'bom-ref': purl, type: 'platform', name: 'node', version, purl };
}

/** https://github.com/package-url/purl-spec */
function debianComponent({ name, version, architecture }: DebianPackage) {
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
  return { 'bom-ref': purl, type: 'library', name, version, purl };
}
