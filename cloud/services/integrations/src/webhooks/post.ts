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

/** Why an address may not be told anything, in words for whoever named it. They do not say where its name leads. */
export const refusals = {
  not_a_url: "it is not a URL",
  not_https: "it is not https",
  carries_a_password: "it carries a name or a password",
  host_not_found: "there is no host of this name",
  lookup_failed: "the name of its host could not be looked up; try again",
  not_public: "its host does not have a public address",
} as const;
export type Refusal = keyof typeof refusals;

/** Sends webhooks to where they may go and nowhere else. Never throws: whatever fails is an answer without a status. */
export interface Post {
  /** Null where the address may be told something, else why not. Looks the name up. */
  refuse(url: string): Promise<Refusal | null>;
  send(posted: Posted, signal: AbortSignal): Promise<Answer>;
}
