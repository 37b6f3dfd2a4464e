import type { FieldError } from "@kerbside/proto/base/fault";
import { z } from "zod";

const bytesMax = 65_536;

/** The only things that a client may say of a part of a shape; both forms that clients send. */
const subset = z.strictObject({
  where: z.string().max(bytesMax).optional(),
  params: z.record(z.string().regex(/^[1-9]\d{0,4}$/), z.string()).optional(),
  order_by: z.string().max(1_000).optional(),
  limit: z.int().min(1).max(999_999).optional(),
  offset: z.int().min(0).max(999_999_999).optional(),
});
const body = z.union([z.strictObject({ subset }), subset]);

export type SubsetBody =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** The body to pass on, made anew from what was read; or what is wrong with it. */
export async function subsetBody(request: Request): Promise<SubsetBody> {
  const parsed = body.safeParse(parseJson(await boundedText(request)));
  if (parsed.success) {
    const { data } = parsed;
    return { ok: true, value: JSON.stringify("subset" in data ? data.subset : data) };
  }
  const errors = parsed.error.issues.map(({ path, message }) => ({
    pointer: `/${path.map(String).join("/")}`,
    message,
  }));
  return { ok: false, errors: errors.slice(0, 20) };
}

/** Empty, which is no JSON either, for what is too large; the rest of it is not read. */
async function boundedText(request: Request): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of request.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > bytesMax) return "";
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
