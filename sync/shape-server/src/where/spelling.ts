import type { WrittenConstant } from "./parse.ts";

const canonicalForms: Readonly<Record<string, RegExp>> = {
  bool: /^[tf]$/,
  // Nine digits fit into every int4 and int8; whatever is longer Postgres may judge.
  int4: /^(0|-?[1-9]\d{0,8})$/,
  int8: /^(0|-?[1-9]\d{0,8})$/,
  int2: /^(0|-?[1-9]\d{0,3})$/,
  text: /^[^\0]*$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
};

/** Whether Postgres would spell the constant just as it is written, so that it need not be asked. */
export function isCanonical({ type, text }: WrittenConstant): boolean {
  return canonicalForms[type]?.test(text) ?? false;
}
