import type { ShapeStatus } from "@kerbside/sync/browser";
import { ageText } from "../time/age.ts";
import { useNow } from "../time/use-now.browser.ts";
import "./connection-banner.css";

/** A line across the page while what it shows is not live, with the age of what it shows. Comes and goes by itself. */
export function ConnectionBanner({ statuses }: { readonly statuses: readonly (ShapeStatus | null)[] }) {
  const nowMs = useNow();
  const lost = statuses.find((status) => status?.state === "lost");
  const text = lost
    ? `Connection lost ${ageText(nowMs - lost.sinceMs)} ago. What you see may be old; it comes back by itself.`
    : "";
  return (
    <div role="status" className="kb-banner" data-shown={lost !== undefined}>
      {text}
    </div>
  );
}
