import type { Clock } from "@kerbside/proto/base/clock";

export function isStream(answer: Response): boolean {
  return answer.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
}

/** The same stream, which ends as if its server had ended it: the client asks again, and is asked again who it is. */
export function endingAfter(
  answer: Response,
  { clock, limitMs }: { readonly clock: Clock; readonly limitMs: number },
): Response {
  const reader = answer.body?.getReader();
  if (!reader) return answer;
  const rest = new AbortController();
  const isOver = clock.sleep(limitMs, rest.signal).then(
    () => "over" as const,
    () => "over" as const,
  );
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await Promise.race([reader.read(), isOver]);
      if (next !== "over" && !next.done) return controller.enqueue(next.value);
      rest.abort();
      controller.close();
      if (next === "over") await reader.cancel();
    },
    cancel(reason) {
      rest.abort();
      return reader.cancel(reason);
    },
  });
  return new Response(body, { status: answer.status, headers: answer.headers });
}
