import { describe, expect, it } from 'vitest';
import type { Capture } from '../../stream/events/capture.ts';
import { createCaptureEvent } from '../../stream/http/testing/agent-events.ts';
import { loadConfig } from '../config/load-config.ts';
import { createCaptureLink } from './link-capture.ts';

const loaded = loadConfig({ config: new URL('testdata/with-s3.yaml', import.meta.url).pathname });
const sha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const capture = (file: string | null): Capture =>
  createCaptureEvent('a', 'n1', { file, sha256 }).data as Capture;
const folder = (path: string | undefined) => ({ locate: () => path });

describe('createCaptureLink', () => {
  it('names the file that is here, whatever the agent called it', () => {
    const link = createCaptureLink(loaded, folder('/captures/a.pcapng'));
    expect(link(capture('/etc/passwd')).file).toBe('/captures/a.pcapng');
    expect(link(capture(null)).file).toBeNull();
  });

  it('says where it is when it is not here', () => {
    const link = createCaptureLink(loaded, folder(undefined));
    expect(link(capture('/etc/passwd'))).toMatchObject({ file: null, reason: 'the file is on node n1 only' });
  });

  it('takes the object that belongs to this capture, and no other', () => {
    const link = createCaptureLink(loaded, folder(undefined));
    const own = `s3://captures/x/n1/a-${sha256.slice(0, 16)}.pcapng`;
    expect(link(capture(own)).file).toBe(own);
    expect(link(capture('s3://captures/x/n1/other.pcapng')).file).toBeNull();
  });
});
