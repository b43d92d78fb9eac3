import type { NodeProfile, UnitCosts } from './scale-model.ts';

const microseconds = 1e-6;

/** Round figures near those that were measured: for tests of the arithmetic. */
export const sampleProfile: NodeProfile = {
  podsPerNode: 30,
  replicas: 10,
  keysPerPod: 10,
  rowsPerPodSecond: 12,
  batchesPerPodSecond: 1.5,
  signalsPerKey: 3,
};

export const sampleCosts: UnitCosts = {
  cpuSecondsPerObservation: {
    name: 10 * microseconds,
    engine: 50 * microseconds,
    notify: 40 * microseconds,
    record: 20 * microseconds,
    broker: 5 * microseconds,
    postgres: 60 * microseconds,
  },
  kafkaBytesPerObservation: { raw: 20, signals: 20, wide: 0, state: 60 },
  agent: { cores: 0.02, bytes: 2 ** 28 },
  engineBaseBytes: 200e6,
  engineBytesPerKey: 5_000,
  rulesPerKey: 5,
  nameBaseBytes: 150e6,
  nameBytesPerPod: 1_000,
  recordBytes: 200e6,
  notifyBytes: 400e6,
  notifyLogBytesPerBatch: 3_000,
  history: {
    sqliteBytesPerRow: 200,
    postgresBytesPerRow: 300,
    rowsPerObservation: 0.5,
  },
};
