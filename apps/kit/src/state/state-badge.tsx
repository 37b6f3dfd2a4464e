import type { Table } from "@kerbside/proto/states/table";
import { labelOf } from "./tone.ts";

/** A state in words and colour; the colour never says more than the words. */
export function StateBadge({ table, state }: { readonly table: Table<string, string>; readonly state: string | null }) {
  const { text, tone } = labelOf(table, state);
  return <ToneBadge tone={tone} text={text} />;
}

export function ToneBadge({ tone, text }: { readonly tone: keyof typeof toneClasses; readonly text: string }) {
  return <span className={`kb-badge ${toneClasses[tone]}`}>{text}</span>;
}

const toneClasses = {
  neutral: "kb-tone-neutral",
  active: "kb-tone-active",
  good: "kb-tone-good",
  warn: "kb-tone-warn",
  bad: "kb-tone-bad",
} as const;
