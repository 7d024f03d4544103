/** Whether the window can reach the main process, as a rune. */
import { connection as door, retryConnection, type ConnectionState } from '../api.ts';

class Connection {
  state = $state.raw<ConnectionState>(door.state);
  readonly lost = $derived(this.state.kind === 'lost');

  constructor() {
    door.onChange((state) => (this.state = state));
  }

  retry(): void {
    retryConnection();
  }
}

export const connection = new Connection();
