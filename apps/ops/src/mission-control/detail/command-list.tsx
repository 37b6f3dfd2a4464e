import { Note } from "@kerbside/apps-kit/page/note.tsx";
import { StateBadge } from "@kerbside/apps-kit/state/state-badge.tsx";
import { Age } from "@kerbside/apps-kit/time/age.tsx";
import type { CommandView } from "@kerbside/proto/routes/robot-gateway";
import { commandTable } from "@kerbside/proto/states/command";
import { isLegal, isState } from "@kerbside/proto/states/table";
import { commandTexts } from "./command-text.ts";
import type { Commands } from "./use-commands.browser.ts";

/** The latest orders, each with how far its life has come and why it ended. */
export function CommandList({ commands }: { readonly commands: Commands }) {
  const { list, problem } = commands;
  return (
    <>
      {problem !== null && (
        <Note tone="bad" role="alert" title="This order did not go out">
          {problem}
        </Note>
      )}
      {list.data === null && list.problem !== null && (
        <Note tone="warn" role="alert" title="Earlier orders cannot be shown">
          {list.problem}
        </Note>
      )}
      {list.data?.length === 0 && <span className="mc-command-note">Nothing was ordered yet.</span>}
      <ul className="mc-commands" aria-live="polite" aria-label="Latest commands">
        {list.data?.map((command) => (
          <li key={command.command_id} className="mc-command">
            <span>{commandTexts[command.kind]}</span>
            <StateBadge table={commandTable} state={command.state} />
            <Age atMs={Date.parse(command.issued_at)} />
            {command.reason !== null && <span className="mc-command-note">{command.reason}</span>}
            {command.observed_outcome !== null && (
              <span className="mc-command-note">The robot said later: {command.observed_outcome}</span>
            )}
            {mayCancel(command) && (
              <button type="button" className="kb-link kb-target" onClick={() => void commands.cancel(command)}>
                Take it back
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function mayCancel({ state }: CommandView): boolean {
  return isState(commandTable, state) && isLegal(commandTable, state, "cancelled");
}
