/** Puts text on the clipboard, also where the host grants pages no permission for it. */
import { notices } from './notices.svelte.ts';

export async function copyText(text: string, what: string): Promise<void> {
  const copied = await navigator.clipboard.writeText(text).then(
    () => true,
    () => copyBySelection(text),
  );
  if (copied) notices.tell({ title: `${what} copied.` });
  else
    notices.tell({ tone: 'danger', title: `The system did not let Platter copy the ${what.toLowerCase()}.` });
}

/** The way from before the clipboard had permissions: it needs only the click that led here. */
function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea');
  const focused = document.activeElement;
  field.value = text;
  field.className = 'visually-hidden';
  (document.querySelector('[role="dialog"]') ?? document.body).append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
