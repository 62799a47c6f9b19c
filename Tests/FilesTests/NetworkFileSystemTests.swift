import TestSupport
import Testing

@testable import Files

@Suite struct NetworkFileSystemTests {
  /// As proc_pid_mountinfo(5) describes the lines; a device is its number of `stat`.
  @Test(
    arguments: [
      (0x34, true), (0x35, false), (0xFD01, false), (0x36, true), (0x37, false),
      // 8:300, whose minor number has more than eight bits.
      (0x10082C, true), (0x38, true),
    ] as [(UInt64, Bool)])
  func devicesOfServers(device: UInt64, isOne: Bool) {
    let mounts = """
      21 1 253:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
      36 21 0:52 / /home rw,noatime shared:7 master:2 - nfs4 server:/home rw,vers=4.2
      37 21 0:53 / /tmp rw - tmpfs tmpfs rw,size=1k
      38 21 0:54 /a\\040b /far rw - fuse.sshfs me@server: rw
      39 21 0:55 / /broken rw -
      40 21 8:300 / /scratch rw - lustre server rw
      41 21 0:56 / /mnt rw - virtiofs host rw
      noise

      """
    #expect(NetworkFileSystem.holds(device: device, mounts: mounts) == isOne)
  }

  @Test func whatTheKernelShowsIsHere() {
    #expect(!NetworkFileSystem.holds("/proc"))
    #expect(!NetworkFileSystem.holds("/none/such"))
  }
}
