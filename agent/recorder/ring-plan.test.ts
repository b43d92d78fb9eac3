import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRings } from './ring-plan.ts';

const MiB = 1024 * 1024;

describe('planRings', () => {
  it('gives each of two CPUs 65,536 packets out of 32 MiB', () => {
    expect(planRings(32 * MiB, 2)).toEqual({
      rings: 2,
      packetSlots: 65_536,
      storySlots: 8_192,
      bytes: 29_360_128,
    });
  });

  it('shares rings among many CPUs rather than making each useless', () => {
    expect(planRings(32 * MiB, 128)).toMatchObject({ rings: 4, packetSlots: 32_768 });
  });

  it('stays within its bytes and in powers of two', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: MiB, max: 4096 * MiB }),
        fc.integer({ min: 1, max: 512 }),
        (bytes, cpus) => {
          const plan = planRings(bytes, cpus);
          expect(plan.bytes).toBeLessThanOrEqual(bytes);
          expect(plan.rings).toBeLessThanOrEqual(cpus);
          for (const slots of [plan.packetSlots, plan.storySlots]) expect(Math.log2(slots) % 1).toBe(0);
        },
      ),
    );
  });
});
