import Testing

@testable import Commands

struct ByteCountTests {
  @Test(arguments: [
    ("500MB", 500_000_000), ("1.5GB", 1_500_000_000), ("512MiB", 536_870_912), ("800kB", 800_000),
    ("1kib", 1024), ("1000TB", 1_000_000_000_000_000), ("0.001kB", 1), ("2GiB", 2_147_483_648),
  ])
  func sizesAreRead(text: String, count: Int) {
    #expect(ByteCount(text)?.count == count)
  }

  @Test(arguments: [
    "", "500", "MB", "500 MB", "-1MB", "0MB", "1e3MB", ".5GB", "1.2.3GB", "1001TB", "500M", "٢MB",
    "500MBs", "infMB",
  ])
  func whatIsNoSizeIsNone(text: String) {
    #expect(ByteCount(text) == nil)
  }
}
