/** A card of the page of jobs moves to another part of the page when its job is paused or over: the focus goes with it. */
import type { Attachment } from 'svelte/attachments';

/** The card that the focus is in, or went away with. */
let held: string | null = null;

/** To be attached to a card that can take the focus: of a job, or of a group of them. */
export function keepsFocus(kind: 'job' | 'group', id: number): Attachment<HTMLElement> {
  const card = `${kind} ${id}`;
  return (element) => {
    const come = (): void => {
      held = card;
    };
    const go = ({ relatedTarget }: FocusEvent): void => {
      if (relatedTarget !== null) held = null;
    };
    element.addEventListener('focusin', come);
    element.addEventListener('focusout', go);
    if (held === card && document.activeElement === document.body) {
      element.focus({ preventScroll: true });
      element.scrollIntoView({ block: 'nearest' });
    }
    return () => {
      element.removeEventListener('focusin', come);
      element.removeEventListener('focusout', go);
    };
  };
}
