# What all tests have in common, wherever their lists are: how they are compiled, and in which part of `./dev test` they run.
#   short     built for a short run of a build: all tests but those labelled stress or examples
#   crossing  those that something crosses threads in, by the words in their names: TSan runs them, and they have this label
add_custom_target(short)
add_custom_target(crossing)
set(COIL_CROSSING "thread|process|crew|mpsc|pool|signal|dns|executor|tls.contexts")

# These take seconds: they begin first, also where CTest has not seen yet how long a test takes.
set(COIL_LONG "^fault|^cancel\\.(1[678]|36)|^pictures\\.program|^unit\\.engine_storm|contract_places|processes")

# The sanitizers look at the library as it is delivered. Compiling the tests takes longer than running them: they do without -O2.
add_library(coil_test_flags INTERFACE)
if(COIL_SANITIZE AND NOT COIL_FUZZ)
  target_compile_options(coil_test_flags INTERFACE -O0)
endif()

# Gold links them in two thirds of the time.
find_program(COIL_GOLD ld.gold)
mark_as_advanced(COIL_GOLD)
if(COIL_GOLD)
  target_link_options(coil_test_flags INTERFACE -fuse-ld=gold)
endif()

# After add_test and its labels: TEST runs TARGET.
function(coil_test test target)
  get_test_property(${test} LABELS labels)
  if(NOT "${labels}" MATCHES "stress|examples")
    add_dependencies(short ${target})
  endif()
  if(test MATCHES "${COIL_CROSSING}")
    add_dependencies(crossing ${target})
    set_property(TEST ${test} APPEND PROPERTY LABELS crossing)
  endif()
  if(test MATCHES "${COIL_LONG}")
    set_tests_properties(${test} PROPERTIES COST 10)
  endif()
endfunction()
