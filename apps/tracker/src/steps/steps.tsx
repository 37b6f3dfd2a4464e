import { minuteText } from "@kerbside/apps-kit/time/local.browser.ts";
import type { Milestone } from "./milestones.ts";
import "./steps.css";

/** The milestones: what was reached and when, what is next, what is still to come. */
export function Steps({ milestones }: { readonly milestones: readonly Milestone[] }) {
  const next = milestones.findIndex(({ at }) => at === null);
  return (
    <ol className="steps" aria-label="Steps of the delivery">
      {milestones.map(({ text, at, tone }, index) => (
        <li key={text} data-done={at !== null} data-tone={tone} aria-current={index === next ? "step" : undefined}>
          <span>{text}</span>
          {at !== null && (
            <time className="kb-quiet" dateTime={at}>
              {minuteText(Date.parse(at))}
            </time>
          )}
        </li>
      ))}
    </ol>
  );
}
