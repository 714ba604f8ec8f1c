export { FAILURES, HttpFailure, type Blame, type FailureCode, type FailureDetails, type Phase } from "./failure.ts";
