/** What a rule answers: a value, or the code of the reason why not. Rules never throw. */
export type Result<Value, Code extends string = string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Code };

export function ok<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

export function err<Code extends string>(error: Code): { readonly ok: false; readonly error: Code } {
  return { ok: false, error };
}
