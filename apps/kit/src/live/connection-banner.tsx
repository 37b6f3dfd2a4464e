import type { ShapeStatus } from "@kerbside/sync/browser";
import { ageText } from "../time/age.ts";
import { useNow } from "../time/use-now.browser.ts";
import { lostOf } from "./lost.ts";
import "./connection-banner.css";

/** A line across the page while what it shows is not live, with the age of what it shows. Comes and goes by itself. */
export function ConnectionBanner({ statuses }: { readonly statuses: readonly (ShapeStatus | null)[] }) {
  const nowMs = useNow();
  const lost = lostOf(statuses, nowMs);
  return (
    <div role="status" className="kb-banner" data-shown={lost !== null}>
      {lost && bannerText(lost, nowMs)}
    </div>
  );
}

function bannerText({ reason, heardAtMs }: ShapeStatus, nowMs: number): string {
  if (reason === "refused") return "The server no longer shows this to you. What you see is old.";
  if (heardAtMs === null) return "No connection. This page shows the present as soon as there is one.";
  return `No connection. What you see is ${sinceText(nowMs - heardAtMs)} old; it catches up by itself.`;
}

function sinceText(ageMs: number): string {
  const text = ageText(ageMs);
  return text === "now" ? "seconds" : text;
}
