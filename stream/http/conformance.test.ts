import { describeStreamConformance } from '../conformance/suite.ts';
import { createHttpHarness, httpPoints } from './conformance-harness.ts';

describeStreamConformance('a server over HTTP', createHttpHarness, httpPoints);
