/** One request to a partner's address. */
export interface Posted {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a receiver answered, cut to what is worth keeping; a null status says why there is no answer. */
export interface Answer {
  readonly status: number | null;
  readonly retryAfter: string | undefined;
  /** The first kilobyte of the answer, or what went wrong. */
  readonly text: string;
}

/** Sends webhooks to where they may go and nowhere else. Never throws: whatever fails is an answer without a status. */
export interface Post {
  /** Null where the address may be told something, else why not, in words. Looks the name up. */
  refuse(url: string): Promise<string | null>;
  send(posted: Posted, signal: AbortSignal): Promise<Answer>;
}
