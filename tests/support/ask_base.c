/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/support/ask_base.h"

#define ASK_BASE_PORT(address, group, first, last)                                                 \
	"{'address':'" address "','bus':'pci','vendor':'0x8086','device':'0xa338',"                \
	"'subsystem_vendor':null,'subsystem_device':null,'class':'0x60400','revision':'0x0',"      \
	"'driver':'pcieport','vfio_driver':false,'group':" group ",'iommu':'unit0',"               \
	"'numa_node':null,'parent':null,'header_type':1,'multifunction':false,"                    \
	"'port_type':'root-port','acs':{'capability':'0x1f','control':'0x1d'},'ats':null,"         \
	"'pri':null,'pasid':null,'sriov':null,'physfn':null,'flr':false,'reset_methods':['pm'],"   \
	"'msix':null,'bars':[],'windows':[{'first':'" first "','last':'" last "'}]}"

#define ASK_BASE_ENDPOINT(address, group, parent, identity, bars)                                  \
	"{'address':'" address "','bus':'pci'," identity                                           \
	",'revision':'0x0','driver':'vfio-pci','vfio_driver':true,'group':" group                  \
	",'iommu':'unit0','numa_node':null,'parent':'" parent                                      \
	"','header_type':0,'multifunction':false,'port_type':'endpoint','acs':null,'ats':null,"    \
	"'pri':null,'pasid':null,'sriov':null,'physfn':null,'flr':true,"                           \
	"'reset_methods':['flr','bus'],'msix':null,'bars':[" bars "],'windows':null}"

#define ASK_BASE_BAR(first, last)                                                                  \
	"{'index':0,'first':'" first "','last':'" last "','flags':'0x40200'}"

#define ASK_BASE_GROUP(id, device)                                                                 \
	"{'id':" id ",'type':'DMA','devices':['" device                                            \
	"'],'reserved':[{'first':'0xfee00000','last':'0xfeefffff','type':'msi'}]}"

/* One device a line. */
/* clang-format off */
const char ask_base_facts[] =
	"{'schema':'iommufleet-facts-1','minor':0,"
	"'host':{'arch':'x86_64','kernel':{'release':'6.12.95-amd64','version':'6.12.95',"
	"'flavour':'debian'},'boot_id':null,'page_size':4096,'cpu_vendor':'intel','cpu_bits':46,"
	"'va_bits':null,'virtual':false,'words':[]},"
	"'iommus':[{'name':'unit0','kind':'intel-vtd','version':'1:0','cap':'0xd2008c222f0606',"
	"'ecap':'0xf00f4a','efr':null,'efr2':null,'ivrs_efr':null,'smmu_features':null,"
	"'smmu_ias':null,'input_bits':48,'page_sizes':'0x40201000','first_stage':false,"
	"'second_stage':true,'scalable_mode':false,'caching_mode':false,'nesting':false,"
	"'pasid_bits':0,'page_requests':false,'ats':false,'interrupt_remapping':true,"
	"'formats':[]}],"
	"'vfio':{'type1':{'allow_unsafe_interrupts':false,'dma_entry_limit':65535},"
	"'iommufd':{'allow_unsafe_interrupts':false},'interrupts':{'isolated':true,"
	"'known_by':'proc-interrupts'},'invalidation':'strict'},"
	"'kvm':{'present':true,'ipa_bits':null,'cacheable_device_memory':null},"
	"'groups':[" ASK_BASE_GROUP("1", "0000:00:1c.0") ","
	ASK_BASE_GROUP("2", "0000:00:1d.0") ","
	ASK_BASE_GROUP("9", "0000:01:00.0") ","
	ASK_BASE_GROUP("10", "0000:02:00.0") "],"
	"'devices':["
	ASK_BASE_PORT("0000:00:1c.0", "1", "0xa0000000", "0xa00fffff") ","
	ASK_BASE_PORT("0000:00:1d.0", "2", "0xa0100000", "0xa01fffff") ","
	ASK_BASE_ENDPOINT("0000:01:00.0", "9", "0000:00:1c.0",
		"'vendor':'0x8086','device':'0x10d3','subsystem_vendor':'0x8086',"
		"'subsystem_device':'0xa01f','class':'0x20000'",
		ASK_BASE_BAR("0xa0000000", "0xa001ffff")) ","
	ASK_BASE_ENDPOINT("0000:02:00.0", "10", "0000:00:1d.0",
		"'vendor':'0x10de','device':'0x1eb8','subsystem_vendor':'0x10de',"
		"'subsystem_device':'0x12a2','class':'0x30200'",
		ASK_BASE_BAR("0xa0100000", "0xa01fffff")) "],"
	"'windows':[{'bus':'0000:00','direction':'outbound','first':'0xa0000000',"
	"'last':'0xdfffffff'}]}";
/* clang-format on */

#define ASK_BASE_HT                                                                                \
	"[{'first':'0xfee00000','last':'0xfeefffff','type':'msi'},"                                \
	"{'first':'0xfd00000000','last':'0xffffffffff','type':'reserved'}]"
#define ASK_BASE_SW_MSI "[{'first':'0x8000000','last':'0x80fffff','type':'msi'}]"

const struct ask_base_edit ask_base_amd[] = {
	{ "host/cpu_vendor", "'amd'" },
	{ "host/cpu_bits", "48" },
	{ "iommus/unit0/kind", "'amd-vi'" },
	{ "iommus/unit0/version", "null" },
	{ "iommus/unit0/cap", "'0x0'" },
	{ "iommus/unit0/ecap", "null" },
	{ "iommus/unit0/input_bits", "null" },
	{ "iommus/unit0/efr", "'0x29d3'" },
	{ "iommus/unit0/scalable_mode", "null" },
	{ "iommus/unit0/page_sizes", "'0xffffff7ffffff000'" },
	{ "groups/1/reserved", ASK_BASE_HT },
	{ "groups/2/reserved", ASK_BASE_HT },
	{ "groups/9/reserved", ASK_BASE_HT },
	{ "groups/10/reserved", ASK_BASE_HT },
	{ 0 },
};

const struct ask_base_edit ask_base_arm[] = {
	{ "host/arch", "'aarch64'" },
	{ "host/cpu_vendor", "'arm'" },
	{ "host/cpu_bits", "48" },
	{ "host/va_bits", "48" },
	{ "kvm/ipa_bits", "48" },
	{ "kvm/cacheable_device_memory", "false" },
	{ "iommus/unit0/kind", "'arm-smmu-v3'" },
	{ "iommus/unit0/version", "null" },
	{ "iommus/unit0/cap", "null" },
	{ "iommus/unit0/ecap", "null" },
	{ "iommus/unit0/input_bits", "null" },
	{ "iommus/unit0/smmu_features", "'0x1fef'" },
	{ "iommus/unit0/smmu_ias", "44" },
	{ "iommus/unit0/first_stage", "true" },
	{ "iommus/unit0/scalable_mode", "null" },
	{ "groups/1/reserved", ASK_BASE_SW_MSI },
	{ "groups/2/reserved", ASK_BASE_SW_MSI },
	{ "groups/9/reserved", ASK_BASE_SW_MSI },
	{ "groups/10/reserved", ASK_BASE_SW_MSI },
	{ 0 },
};

const char ask_base_x86_guest[] = "{'arch':'x86_64','hotplug':'none','map':["
				  "{'first':'0x0','last':'0x7fffffff','kind':'ram'},"
				  "{'first':'0x100000000','last':'0x17fffffff','kind':'ram'}]}";

const char ask_base_arm_guest[] = "{'arch':'aarch64','hotplug':'none','map':["
				  "{'first':'0x40000000','last':'0x13fffffff','kind':'ram'}]}";
