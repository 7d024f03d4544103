/** The fields of an account that say whose certificates are trusted, alike for all clouds that a person may run. */
import type { AccountField } from '#shared/domain/cloud-description.ts';
import { asValue, inEnglish } from '#shared/in-english.ts';

/**
 * @param service what is at the other end; other languages choose by it
 * @param stake what whoever is on the way can read and change where nothing is checked
 */
export function certificateFields(service: 'cloud' | 'service', stake: string): readonly AccountField[] {
  return [
    {
      name: 'caFile',
      title: inEnglish('CA file'),
      help: inEnglish(
        'Of the authority that signed the {service}’s certificates, where the system does not know it.',
        { service },
      ),
      type: 'text',
      default: '',
      placeholder: '/path/to/ca.pem',
      further: true,
    },
    {
      name: 'insecure',
      title: inEnglish('Do not check certificates'),
      help: '',
      type: 'boolean',
      default: false,
      further: true,
      warning: {
        title: inEnglish('Certificates are not checked: whoever is on the way can read and change {stake}.', {
          stake: asValue(stake),
        }),
        text: inEnglish('Better give the CA file of the {service}.', { service }),
      },
    },
  ];
}
