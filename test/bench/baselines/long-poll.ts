import { send } from "../processes/http.node.ts";

/** A reader of one shape that does only what it must: asks, and asks again from where the answer ended. */
export class LongPoll {
  readonly #url: string;
  #at = { offset: "-1", handle: "", cursor: "" };

  /** `url` names the shape: `…/v1/shape?table=…`. */
  constructor(url: string) {
    this.#url = url;
  }

  /** Reads the snapshot to its end. */
  async catchUp(): Promise<void> {
    while (!(await this.#ask(""))) continue;
  }

  /** What a live request asks for. */
  get liveUrl(): string {
    const { offset, handle, cursor } = this.#at;
    return `${this.#url}&offset=${offset}&handle=${handle}&cursor=${cursor}&live=true`;
  }

  /** Waits for news and answers what came. */
  async next(): Promise<string> {
    let text = "";
    await this.#ask("&live=true", (body) => {
      text = body;
    });
    return text;
  }

  /** True when there is nothing more for now. */
  async #ask(more: string, onBody?: (text: string) => void): Promise<boolean> {
    const { offset, handle, cursor } = this.#at;
    const url = `${this.#url}&offset=${offset}&handle=${handle}&cursor=${cursor}${more}`;
    const { status, headers, text } = await send(url, { method: "GET" });
    if (status !== 200) throw new Error(`GET ${url} answered ${status}: ${text}`);
    this.#at = {
      offset: String(headers["electric-offset"]),
      handle: String(headers["electric-handle"]),
      cursor: String(headers["electric-cursor"] ?? ""),
    };
    onBody?.(text);
    return "electric-up-to-date" in headers;
  }
}
