import { describeStreamConformance } from '../conformance/suite.ts';
import { createEmbeddedHarness } from './conformance-harness.ts';
import { faultPoints } from './fault-points.ts';

describeStreamConformance('the embedded log', createEmbeddedHarness, faultPoints);
