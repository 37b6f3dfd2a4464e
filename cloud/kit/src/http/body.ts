import { Fault } from "@kerbside/proto/base/fault";
import { depthMax, depthOf, unstorableIn } from "./fitness.ts";

/** The largest JSON body that an endpoint reads. */
export const bodyBytesMax = 1_048_576;

/** The text of a JSON body; undefined where none was sent. Refuses other media types and what is too large. */
export async function readJson(
  request: Request,
  length: string | undefined,
  type: string | undefined,
): Promise<unknown> {
  if (type === undefined && (length === undefined || length === "0") && !request.body) return undefined;
  if (length === "0" && type === undefined) return undefined;
  if (!type || !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new Fault("unsupported_media_type", { received: type ?? null });
  }
  if (Number(length ?? 0) > bodyBytesMax) throw new Fault("payload_too_large", { bytes_max: bodyBytesMax });
  const text = length === undefined ? await readBounded(request) : await request.text();
  if (text === "") return undefined;
  if (depthOf(text) > depthMax) {
    throw new Fault("invalid_request", {}, [{ pointer: "", message: `nested more than ${depthMax} deep` }]);
  }
  const value = parse(text);
  const errors = unstorableIn(text, value);
  if (errors.length > 0) throw new Fault("invalid_request", {}, errors);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // What V8 quotes of the body may be a password: the refusal says what is wrong and where, without it.
    const why = cause instanceof Error ? cause.message.replace(/, (?:\.\.\.)?".*$/s, "") : "unreadable";
    throw new Fault("invalid_request", { detail: `the body is not JSON: ${why}` }, [
      { pointer: "", message: "not JSON" },
    ]);
  }
}

/** A body of unannounced length, given up as soon as it is too long. */
async function readBounded(request: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bodyBytesMax) throw new Fault("payload_too_large", { bytes_max: bodyBytesMax });
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
