import Foundation

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// File systems whose files others may take away under a mapping.
///
/// On a disk of this machine a file that is replaced stays for those who have it open. A server may
/// forget it, and a mapped page that is asked for then ends the process.
package enum NetworkFileSystem {
  /// Whether a file lies on one; false where that cannot be told.
  ///
  /// - Parameter path: of the file, or of a folder.
  package static func holds(_ path: String) -> Bool {
    #if canImport(Darwin)
      var status = statfs()
      return statfs(path, &status) == 0 && status.f_flags & UInt32(MNT_LOCAL) == 0
    #else
      var status = stat()
      let descriptor = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return false }
      defer { close(descriptor) }
      guard stat(path, &status) == 0,
        case .success(let bytes) = Descriptor.readAll(descriptor, expecting: 0)
      else { return false }
      defer { bytes.start.deallocate() }
      let text = UnsafeRawBufferPointer(start: bytes.start, count: bytes.count)
      return holds(device: UInt64(status.st_dev), mounts: String(decoding: text, as: UTF8.self))
    #endif
  }

  /// Whether a device is one of those that Linux's `/proc/self/mountinfo` tells of as such:
  /// `36 35 0:52 / /home rw shared:1 - nfs4 server:/home rw`.
  static func holds(device: UInt64, mounts: String) -> Bool {
    // Numbered as in glibc's gnu_dev_major and gnu_dev_minor.
    let major = device >> 8 & 0xFFF | device >> 32 & ~0xFFF
    let minor = device & 0xFF | device >> 12 & 0xFFFF_FF00
    return mounts.split(separator: "\n").contains { line in
      let fields = line.split(separator: " ")
      guard fields.count > 2, fields[2] == "\(major):\(minor)",
        let dash = fields.firstIndex(of: "-"), fields.indices.contains(dash + 1)
      else { return false }
      return isOne(name: fields[dash + 1])
    }
  }

  /// What FUSE shows may be far as well, and folders of a virtual machine's host are.
  private static func isOne(name: Substring) -> Bool {
    ["nfs", "smb", "fuse"].contains { name.hasPrefix($0) }
      || [
        "cifs", "ceph", "lustre", "gpfs", "beegfs", "afs", "9p", "glusterfs", "panfs", "ocfs2",
        "gfs2", "coda", "orangefs", "virtiofs", "vboxsf",
      ].contains(name)
  }
}
