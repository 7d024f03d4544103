/** Which page of the details is open: it stays while one walks through the list. */

export type DetailsTab = 'overview' | 'disk' | 'layers' | 'relations' | 'history';

class Details {
  tab = $state<DetailsTab>('overview');
}

export const details = new Details();
