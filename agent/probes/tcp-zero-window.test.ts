import { describe, expect, it, vi } from 'vitest';
import { whyNoLab } from '../../test/lab/lab-support.ts';
import { createLab } from '../../test/lab/lab.ts';
import { probeKernel } from '../bpf/kernel.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { createTcpProbe } from './tcp-probe.ts';
import { inodeOf } from './testing/kernel-counter.ts';
import { Tally } from './testing/tally.ts';

const kernel = probeKernel();
const bpfDirectory = new URL('../../bpf', import.meta.url).pathname;

/** Reads nothing of what it is sent, or a little every 100 ms. */
const server = (read: string): string => `
  const net = require('net');
  net.createServer((s) => { s.pause(); s.on('error', () => {}); ${read} }).listen(9000, '::', () => console.log('listening'));
`;
const slowly = 'setInterval(() => s.read(65536), 20);';
/** Sends without end, as much as goes. */
const client = (address: string): string => `
  const s = require('net').connect(9000, '${address}', function more() { while (s.write(Buffer.alloc(65536))); s.once('drain', more); });
  s.on('error', () => {});
  setTimeout(() => s.destroy(), 60000).unref();
`;

describe.skipIf(!kernel.usable || whyNoLab() !== undefined)('a closed window against real traffic', () => {
  async function scene(read: string) {
    const lab = await createLab({ hosts: ['sender', 'receiver'] });
    const clock = new ManualClock();
    const constants = { sc_zero_window_ns: 500_000_000 };
    const counted = await new Tally(
      createTcpProbe({ kernel, bpfDirectory, quietGapMs: 0, constants }),
      'tcp.retransmits',
      clock,
    ).start();
    const [sender, receiver] = [lab.host('sender'), lab.host('receiver')];
    const listening = receiver.spawn(process.execPath, ['-e', server(read)]);
    await listening.waitForLine((line) => line.includes('listening'), 10_000);
    const sending = sender.spawn(process.execPath, ['-e', client(receiver.address4)]);
    const rows = () => counted.matching({ netnsInode: inodeOf(sender), role: 'client' });
    /** Each ten seconds of the clock are a walk over all sockets. */
    const look = () => {
      clock.advance(10_000);
      return rows().at(-1);
    };
    return {
      look,
      rows,
      sending,
      async [Symbol.asyncDispose]() {
        await counted[Symbol.asyncDispose]();
        await lab[Symbol.asyncDispose]();
      },
    };
  }

  it('is told with its socket, until the sender gives up', async () => {
    await using at = await scene('');
    await vi.waitFor(() => expect(at.look()?.fields['zero_window_sockets']).toBe(1), 10_000);
    await vi.waitFor(() => {
      at.look();
      expect(at.rows().flatMap(({ sockets }) => sockets)).toContainEqual(
        expect.objectContaining({ cause: 'zero_window', state: 'ESTABLISHED' }),
      );
    }, 5_000);
    await at.sending.stop();
    await vi.waitFor(() => expect(at.look()?.fields['zero_window_sockets']).toBe(0), 5_000);
  });

  it('is nothing where somebody reads slowly', async () => {
    await using at = await scene(slowly);
    // Looks that are as far apart as the limit, for as long as it takes to fill both buffers and read on.
    for (let look = 0; look < 8; look++) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      at.look();
    }
    expect(at.rows().length).toBeGreaterThan(0);
    expect(at.rows().map(({ fields }) => fields['zero_window_sockets'])).not.toContain(1);
  });
});
