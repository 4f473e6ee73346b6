# What an installed Coil is made of: headers, both libraries, coil.pc, the CMake package, the manual. Add-ons join by one line
# in their own list. Everything stands under the prefix that was configured; the CMake package finds its way from where it lies.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
option(COIL_PACKAGE "Prepare to be installed (./dev install)" OFF)

set(COIL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/coil)
set(COIL_MAN_DIR ${CMAKE_CURRENT_SOURCE_DIR}/tools/man)
set(COIL_PC_TEMPLATE ${CMAKE_CURRENT_LIST_DIR}/library.pc.in)
set(COIL_MAP ${CMAKE_CURRENT_SOURCE_DIR}/coil.map)

if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR} OR IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR})
  message(FATAL_ERROR "CMAKE_INSTALL_LIBDIR and CMAKE_INSTALL_INCLUDEDIR are folders inside the prefix")
endif()
# Below /usr what is installed stays there; elsewhere the tree may be moved: nothing in it says where it was.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(PC_PREFIX ${CMAKE_INSTALL_PREFIX})
  set(COIL_RPATH "")
else()
  file(RELATIVE_PATH up /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
  string(REGEX REPLACE "/$" "" PC_PREFIX "\${pcfiledir}/${up}")
  set(COIL_RPATH "$ORIGIN")
endif()

if(COIL_PACKAGE) # where it was built is nobody's business, and the places of errors are shorter
  target_compile_options(coil_flags INTERFACE -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
endif()

# .pc of one library. REQUIRES: what its users need too; _PRIVATE: what they need only to link statically
function(coil_install_pc name description)
  cmake_parse_arguments(ARG "" "" "REQUIRES;REQUIRES_PRIVATE;LIBS_PRIVATE" ${ARGN})
  set(PC_NAME ${name})
  set(PC_DESCRIPTION ${description})
  list(JOIN ARG_REQUIRES ", " PC_REQUIRES)
  list(JOIN ARG_REQUIRES_PRIVATE ", " PC_REQUIRES_PRIVATE)
  list(JOIN ARG_LIBS_PRIVATE " " PC_LIBS_PRIVATE)
  configure_file(${COIL_PC_TEMPLATE} ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# the pages of some headers, made from their contracts. OVERVIEW: the text of coil.7
function(coil_install_man target)
  cmake_parse_arguments(ARG "" "OVERVIEW" "HEADERS" ${ARGN})
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/man)
  set(overview)
  if(ARG_OVERVIEW)
    set(overview --overview ${ARG_OVERVIEW})
  endif()
  file(GLOB headers CONFIGURE_DEPENDS ${ARG_HEADERS})
  file(GLOB tools CONFIGURE_DEPENDS ${COIL_MAN_DIR}/*.py)
  add_custom_command(OUTPUT ${out}/done
    COMMAND ${Python3_EXECUTABLE} -B ${COIL_MAN_DIR}/man.py --version ${PROJECT_VERSION} --out ${out} ${overview} ${headers}
    COMMAND ${CMAKE_COMMAND} -E touch ${out}/done
    DEPENDS ${headers} ${tools} ${ARG_OVERVIEW} VERBATIM)
  add_custom_target(${target} ALL DEPENDS ${out}/done)
  install(DIRECTORY ${out}/man3 DESTINATION ${CMAKE_INSTALL_MANDIR})
  if(ARG_OVERVIEW)
    install(DIRECTORY ${out}/man7 DESTINATION ${CMAKE_INSTALL_MANDIR})
  endif()
endfunction()

function(coil_install_library)
  install(TARGETS coil ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(TARGETS coil_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES include/coil.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(DIRECTORY include/coil DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
  coil_install_pc(coil "asyncio for C: coroutines, tasks and an event loop"
    REQUIRES_PRIVATE "liburing >= 2.3" LIBS_PRIVATE -pthread)
  configure_package_config_file(cmake/coil-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/coil-config.cmake
    INSTALL_DESTINATION ${COIL_CMAKE_DIR} PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
  write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/coil-config-version.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/coil-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/coil-config-version.cmake DESTINATION ${COIL_CMAKE_DIR})
  coil_install_man(coil_man OVERVIEW ${COIL_MAN_DIR}/coil.7.in
    HEADERS ${CMAKE_CURRENT_SOURCE_DIR}/include/coil.h ${CMAKE_CURRENT_SOURCE_DIR}/include/coil/*.h)
endfunction()

# coil_install_addon(http "what it is" HEADERS coil_http.h MODULES libcurl): the add-on of target coil_http, as libcoil-http
# (static and shared, of the same sources) and coil-http.pc. MODULES: pkg-config's names of what it links.
function(coil_install_addon name description)
  if(NOT COIL_PACKAGE)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "HEADERS;MODULES" ${ARGN})
  get_target_property(sources coil_${name} SOURCES)
  get_target_property(includes coil_${name} INCLUDE_DIRECTORIES)
  get_target_property(definitions coil_${name} COMPILE_DEFINITIONS)
  get_target_property(libraries coil_${name} LINK_LIBRARIES)
  list(TRANSFORM libraries REPLACE "^coil$" "coil_shared")
  add_library(coil_${name}_shared SHARED ${sources})
  target_include_directories(coil_${name}_shared PRIVATE ${includes})
  if(definitions)
    target_compile_definitions(coil_${name}_shared PRIVATE ${definitions})
  endif()
  target_link_libraries(coil_${name}_shared PRIVATE ${libraries})
  target_link_options(coil_${name}_shared PRIVATE -Wl,--version-script=${COIL_MAP})
  set_target_properties(coil_${name}_shared PROPERTIES OUTPUT_NAME coil-${name} VERSION ${PROJECT_VERSION}
    SOVERSION 0 LINK_DEPENDS ${COIL_MAP} INSTALL_RPATH "${COIL_RPATH}")
  set_target_properties(coil_${name} PROPERTIES OUTPUT_NAME coil-${name})
  install(TARGETS coil_${name} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(TARGETS coil_${name}_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  install(FILES ${ARG_HEADERS} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  coil_install_pc(coil-${name} "${description}" REQUIRES coil REQUIRES_PRIVATE ${ARG_MODULES})
  list(TRANSFORM ARG_HEADERS PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  coil_install_man(coil_${name}_man HEADERS ${ARG_HEADERS})
endfunction()
