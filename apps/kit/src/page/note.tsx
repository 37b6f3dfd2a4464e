import type { Tone } from "@kerbside/proto/states/table";
import type { ReactNode } from "react";
import "./note.css";

export interface NoteProps {
  readonly tone: Tone;
  readonly title?: string;
  /** `alert` is read out at once, `status` when there is a pause; without a role it is read in its place. */
  readonly role?: "alert" | "status";
  readonly children: ReactNode;
}

/** A few words that stand out of a page: why something did not go, or what to know before one goes on. */
export function Note({ tone, title, role, children }: NoteProps) {
  return (
    <div className={`kb-note kb-tone-${tone}`} role={role}>
      {title !== undefined && <p className="kb-note-title">{title}</p>}
      <p>{children}</p>
    </div>
  );
}
