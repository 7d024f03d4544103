/** The Vagrantfiles that come with boxes: settings that a project's own Vagrantfile may replace. */

export interface LibvirtSettings {
  readonly vcpus: number;
  readonly memoryMib: number;
  /** One of the declared choices: it stands in a program as it is. */
  readonly diskBus: string;
  readonly nicModel: string;
}

export function libvirtVagrantfile({ vcpus, memoryMib, diskBus, nicModel }: LibvirtSettings): string {
  return `Vagrant.configure("2") do |config|
  config.vm.provider :libvirt do |libvirt|
    libvirt.cpus = ${vcpus}
    libvirt.memory = ${memoryMib}
    libvirt.disk_bus = "${diskBus}"
    libvirt.nic_model_type = "${nicModel}"
  end
end
`;
}

/** VirtualBox' own range of addresses (08-00-27), with three bytes of the box's own in hexadecimal. */
export function virtualBoxVagrantfile(addressEnd: string): string {
  return `Vagrant.configure("2") do |config|
  config.vm.base_mac = "080027${addressEnd}"
end
`;
}
