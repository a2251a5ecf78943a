{
  "targets": [{
    "target_name": "levattention",
    "sources": ["addon.cc", "team.cc", "read-call.cc", "row-calls.cc", "query-calls.cc", "softmax-calls.cc", "level-portable.cc", "level-avx2.cc", "level-avx512.cc"],
    # No level is compiled for more than its own file says, and no product is fused but where a kernel does it by name.
    "cflags_cc": ["-O3", "-std=c++17", "-ffp-contract=off", "-fno-math-errno", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-maybe-uninitialized", "-Wno-psabi"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
    "xcode_settings": {
      "GCC_OPTIMIZATION_LEVEL": "3",
      "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
      "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off", "-fno-math-errno", "-fvisibility=hidden"]
    },
    "libraries": ["-ldl", "-lpthread"],
    "defines": ["NAPI_VERSION=8"],
    "conditions": [["target_arch=='x64'", { "defines": ["LEV_X86"] }]]
  }]
}
