#include "clients/cli/doctor.h"

#include <catch2/catch.hpp>

#include "tests/support/temp_dir.h"

namespace flywheel {
namespace {

TEST_CASE("OpenBLAS is recognised in what ldd prints") {
  const Finding finding = JudgeBlas(
      "\tlibtorch_cpu.so.1.13 => /lib/libtorch_cpu.so.1.13 (0x1)\n"
      "\tlibblas.so.3 => /nowhere/openblas-pthread/libblas.so.3 (0x2)\n");
  CHECK(finding.health == Health::kOk);
  CHECK(finding.found == "/nowhere/openblas-pthread/libblas.so.3");
}

TEST_CASE("the reference BLAS fails with what to install") {
  const Finding finding = JudgeBlas(
      "\tlibtorch_cpu.so.1.13 => /lib/libtorch_cpu.so.1.13 (0x1)\n"
      "\tlibblas.so.3 => /nowhere/blas/libblas.so.3 (0x2)\n");
  CHECK(finding.health == Health::kFail);
  CHECK(finding.found == "/nowhere/blas/libblas.so.3");
  CHECK(finding.advice.find("libopenblas0-pthread") != std::string::npos);
}

TEST_CASE("a task program without LibTorch is told from one with the wrong BLAS") {
  const Finding finding = JudgeBlas(
      "\tlibc.so.6 => /lib/libc.so.6 (0x1)\n"
      "\tlibblas.so.3 => /nowhere/openblas-pthread/libblas.so.3 (0x2)\n");
  CHECK(finding.health == Health::kFail);
  CHECK(finding.found == "flywheel-task was built without LibTorch");
}

TEST_CASE("memory and disk are judged by what a campaign needs") {
  CHECK(JudgeMemory(8).health == Health::kOk);
  CHECK(JudgeMemory(1).health == Health::kWarn);
  CHECK(JudgeDiskSpace(50, "/x").health == Health::kOk);
  CHECK(JudgeDiskSpace(1, "/x").health == Health::kWarn);
  CHECK(JudgeDiskSpace(0.1, "/x").health == Health::kFail);
  CHECK(JudgeDiskSpace(0.1, "/x").found == "0.1 GiB free at /x");
}

TEST_CASE("every finding that is not ok says what to do") {
  const testing::TempDir folder;
  const auto findings = Examine({.state_dir = folder / std::string(120, 'x'), .server = ""});
  CHECK(findings.size() >= 10);
  for (const Finding& finding : findings) {
    CAPTURE(finding.check, finding.found);
    CHECK((finding.health == Health::kOk) == finding.advice.empty());
  }
}

}  // namespace
}  // namespace flywheel
