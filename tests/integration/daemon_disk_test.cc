// A real flywheeld whose disk fills and empties again: a file system in memory of a few MiB.
#include <grpcpp/grpcpp.h>
#include <sys/mount.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "tests/integration/daemon_process.h"
#include "tests/integration/health_probe.h"
#include "tests/support/temp_dir.h"

namespace flywheel::testing {
namespace {

// Mounted over a folder, where this machine lets us.
class SmallDisk {
 public:
  explicit SmallDisk(std::string path) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
    mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=24m") == 0;
    if (!mounted_) WARN("skipped: no file system can be mounted here: " << std::strerror(errno));
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  // Takes all the room there is, but for so much.
  void Fill(int64_t leave = 0) const {
    std::ofstream ballast(path_ + "/ballast", std::ios::binary);
    const std::string block(4096, 'x');
    while (ballast.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
    ballast.close();
    const auto size = static_cast<int64_t>(std::filesystem::file_size(path_ + "/ballast"));
    std::filesystem::resize_file(path_ + "/ballast", static_cast<uintmax_t>(size - leave));
  }
  void Empty() const { std::filesystem::remove(path_ + "/ballast"); }

 private:
  std::string path_;
  bool mounted_ = false;
};

grpc::Status Create(const DaemonProcess& daemon, const std::string& name) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::CreateCampaignRequest request;
  *request.mutable_spec() = SmallCampaign(name);
  v1::Campaign response;
  return daemon.Campaigns()->CreateCampaign(&context, request, &response);
}

int CountCampaigns(const DaemonProcess& daemon) {
  grpc::ClientContext context;
  SetDeadline(context);
  v1::ListCampaignsResponse response;
  REQUIRE(daemon.Campaigns()->ListCampaigns(&context, {}, &response).ok());
  return response.campaigns_size();
}

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

grpc::Status CreateUntilRefused(const DaemonProcess& daemon, int* created) {
  for (int i = 0; i < 20'000; ++i) {
    const grpc::Status status = Create(daemon, "many-" + std::to_string(*created));
    if (!status.ok()) return status;
    ++*created;
  }
  return grpc::Status::OK;
}

// What /readyz says: the code and the body.
std::string AskReady(const DaemonProcess& daemon) {
  const std::string log = daemon.Log();
  const std::string before = "http://127.0.0.1:";
  const size_t at = log.find(before);
  REQUIRE(at != std::string::npos);
  const int port = std::stoi(log.substr(at + before.size()));
  boost::asio::io_context context;
  boost::beast::tcp_stream stream(context);
  stream.connect({boost::asio::ip::make_address("127.0.0.1"), static_cast<uint16_t>(port)});
  boost::beast::http::request<boost::beast::http::empty_body> request(boost::beast::http::verb::get,
                                                                      "/readyz", 11);
  request.set(boost::beast::http::field::host, "localhost");
  boost::beast::http::write(stream, request);
  boost::beast::flat_buffer buffer;
  boost::beast::http::response<boost::beast::http::string_body> response;
  boost::beast::http::read(stream, buffer, response);
  return std::to_string(response.result_int()) + " " + response.body();
}

}  // namespace

TEST_CASE("reliability 12: a full disk refuses what cannot be written and is waited for") {
  TempDir folder;
  const SmallDisk disk(folder / "disk");
  if (!disk.mounted()) return;
  // Without a low-water mark: the journal itself meets the end of the disk.
  DaemonProcess daemon({.state_dir = folder / "disk/state",
                        .files = folder / "daemon",
                        .config = R"({"local": {"max_workers": 0}, "disk_low_mb": 0})"});
  REQUIRE(Create(daemon, "before").ok());
  disk.Fill();
  int created = 0;
  const grpc::Status refused = CreateUntilRefused(daemon, &created);
  INFO(refused.error_message());
  CHECK(refused.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  // What was acknowledged is there, reads go on.
  CHECK(CountCampaigns(daemon) == std::min(created + 1, 50));
  const auto health = [&] { return CheckHealth(daemon.Channel()); };
  CHECK(Eventually([&] { return health() == Health::kNotServing; }));
  disk.Empty();
  REQUIRE(Eventually([&] { return Create(daemon, "after").ok(); }));
  CHECK(Eventually([&] { return health() == Health::kServing; }));

  daemon.Kill();
  daemon.Restart();  // which begins with an integrity check
  grpc::ClientContext context;
  SetDeadline(context);
  v1::ListCampaignsRequest newest;
  newest.set_display_name("after");
  v1::ListCampaignsResponse response;
  REQUIRE(daemon.Campaigns()->ListCampaigns(&context, newest, &response).ok());
  CHECK(response.campaigns_size() == 1);
  CHECK(response.campaigns(0).name() == "campaigns/c" + std::to_string(created + 2));
}

TEST_CASE(
    "reliability 12: below its low-water mark the daemon accepts nothing, says so, and goes on by "
    "itself") {
  TempDir folder;
  const SmallDisk disk(folder / "disk");
  if (!disk.mounted()) return;
  DaemonProcess daemon({.state_dir = folder / "disk/state",
                        .files = folder / "daemon",
                        .config = R"({"local": {"max_workers": 0}, "disk_low_mb": 8})",
                        .more = {"--http", "127.0.0.1:0"}});
  CHECK(AskReady(daemon) == "200 ok\n");
  REQUIRE(Create(daemon, "before").ok());
  disk.Fill(4 << 20);
  grpc::Status refused;
  int number = 0;
  REQUIRE(Eventually([&] {
    refused = Create(daemon, "try-" + std::to_string(++number));
    return refused.error_message().find("the disk is nearly full") != std::string::npos;
  }));
  CHECK(refused.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(CountCampaigns(daemon) >= 1);
  CHECK(Eventually([&] { return CheckHealth(daemon.Channel()) == Health::kNotServing; }));
  CHECK(AskReady(daemon).find("503 the disk is nearly full") == 0);
  disk.Empty();
  REQUIRE(Eventually([&] { return Create(daemon, "after").ok(); }));
  CHECK(Eventually([&] { return AskReady(daemon) == "200 ok\n"; }));
}

}  // namespace flywheel::testing
