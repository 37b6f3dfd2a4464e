import { minuteText } from "@kerbside/apps-kit/time/local.browser.ts";
import { milestoneTexts, type Step } from "../story.ts";
import "./steps.css";

/** The milestones: what was reached and when, what is next, what is still to come. */
export function Steps({ steps }: { readonly steps: readonly Step[] }) {
  const next = steps.findIndex(({ at }) => at === null);
  return (
    <ol className="steps" aria-label="Steps of the delivery">
      {steps.map(({ milestone, at }, index) => (
        <li key={milestone} data-done={at !== null} aria-current={index === next ? "step" : undefined}>
          <span>{milestoneTexts[milestone]}</span>
          <span className="kb-quiet">{at === null ? "" : minuteText(Date.parse(at))}</span>
        </li>
      ))}
    </ol>
  );
}
