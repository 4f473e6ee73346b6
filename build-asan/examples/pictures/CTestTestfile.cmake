# CMake generated Testfile for 
# Source directory: /work/wt/pictures/examples/pictures
# Build directory: /work/wt/pictures/build-asan/examples/pictures
# 
# This file includes the relevant testing commands required for 
# testing this directory and lists subdirectories to be tested as well.
add_test([=[pictures.canny]=] "/work/wt/pictures/build-asan/examples/pictures/pictures_test_canny")
set_tests_properties([=[pictures.canny]=] PROPERTIES  LABELS "pictures" SKIP_RETURN_CODE "77" TIMEOUT "120" _BACKTRACE_TRIPLES "/work/wt/pictures/examples/pictures/CMakeLists.txt;69;add_test;/work/wt/pictures/examples/pictures/CMakeLists.txt;0;")
add_test([=[pictures.image]=] "/work/wt/pictures/build-asan/examples/pictures/pictures_test_image")
set_tests_properties([=[pictures.image]=] PROPERTIES  LABELS "pictures" SKIP_RETURN_CODE "77" TIMEOUT "120" _BACKTRACE_TRIPLES "/work/wt/pictures/examples/pictures/CMakeLists.txt;69;add_test;/work/wt/pictures/examples/pictures/CMakeLists.txt;0;")
add_test([=[pictures.report]=] "/work/wt/pictures/build-asan/examples/pictures/pictures_test_report")
set_tests_properties([=[pictures.report]=] PROPERTIES  LABELS "pictures" SKIP_RETURN_CODE "77" TIMEOUT "120" _BACKTRACE_TRIPLES "/work/wt/pictures/examples/pictures/CMakeLists.txt;69;add_test;/work/wt/pictures/examples/pictures/CMakeLists.txt;0;")
add_test([=[pictures.server]=] "/work/wt/pictures/build-asan/examples/pictures/pictures_test_server")
set_tests_properties([=[pictures.server]=] PROPERTIES  LABELS "pictures" SKIP_RETURN_CODE "77" TIMEOUT "120" _BACKTRACE_TRIPLES "/work/wt/pictures/examples/pictures/CMakeLists.txt;69;add_test;/work/wt/pictures/examples/pictures/CMakeLists.txt;0;")
