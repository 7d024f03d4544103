/** Puts text on the clipboard, also where the host grants pages no permission for it. */
import { t } from '#shared/text/words.ts';
import { notices } from './notices.svelte.ts';

export async function copyText(text: string, what: string): Promise<void> {
  const copied = await navigator.clipboard.writeText(text).then(
    () => true,
    () => copyBySelection(text),
  );
  if (copied) notices.tell({ title: t('{what} copied.', { what }) });
  else
    notices.tell({
      tone: 'danger',
      title: t('The system did not let Platter copy this: {what}.', { what }),
    });
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
