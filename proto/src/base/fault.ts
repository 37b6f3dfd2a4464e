import { type FaultCode, type FaultMeaning, faults } from "./faults.ts";

/** One wrong field of a request, named by JSON pointer (RFC 6901). */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

/** A refusal on its way to the caller. Handlers throw it; the kit answers it as problem+json. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly details: Readonly<Record<string, unknown>>;
  readonly errors: readonly FieldError[];

  constructor(code: FaultCode, details: Readonly<Record<string, unknown>> = {}, errors: readonly FieldError[] = []) {
    super(`${code}: ${faults[code].title}`);
    this.name = "Fault";
    this.code = code;
    this.details = details;
    this.errors = errors;
  }

  get meaning(): FaultMeaning {
    return faults[this.code];
  }
}
