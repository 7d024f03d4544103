/** Every cloud and hypervisor that rules are known for, in the order in which they are shown. */
import { alibaba } from './alibaba/index.ts';
import { aws } from './aws/index.ts';
import { azure } from './azure/index.ts';
import type { Cloud } from './cloud.ts';
import { digitalocean } from './digitalocean/index.ts';
import { esxi } from './esxi/index.ts';
import { google } from './google/index.ts';
import { hetzner } from './hetzner/index.ts';
import { hyperV } from './hyper-v/index.ts';
import { kubevirt } from './kubevirt/index.ts';
import { kvm } from './kvm/index.ts';
import { openstack } from './openstack/index.ts';
import { oracle } from './oracle/index.ts';
import { proxmox } from './proxmox/index.ts';
import { virtualbox } from './virtualbox/index.ts';

export const clouds: readonly Cloud[] = [
  openstack,
  ...aws,
  azure,
  google,
  oracle,
  digitalocean,
  alibaba,
  hetzner,
  kubevirt,
  kvm,
  proxmox,
  esxi,
  virtualbox,
  hyperV,
];
