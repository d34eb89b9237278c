//! Every struct and union of the data and every type name, measured as Rust lays them out. Bit-fields are a member of
//! their storage unit here and are measured in C only.

use std::mem::{MaybeUninit, align_of, offset_of, size_of};

use websockets::abi::*;

/// Offset and size of a member, by its path.
pub type Members = Vec<(&'static str, usize, usize)>;

pub struct Measured {
    pub name: &'static str,
    pub size: usize,
    pub align: usize,
    pub members: Members,
}

fn pointee_size<T>(_: *const T) -> usize {
    size_of::<T>()
}

macro_rules! measure {
    ($($name:ident { $($($path:ident).+),* })+) => {
        vec![$(Measured {
            name: stringify!($name),
            size: size_of::<$name>(),
            align: align_of::<$name>(),
            members: vec![$((
                stringify!($($path).+),
                offset_of!($name, $($path).+),
                {
                    let record = MaybeUninit::<$name>::uninit();
                    let record = record.as_ptr();
                    // SAFETY: only the member's address is taken, inside the allocation of `record`.
                    pointee_size(unsafe { &raw const (*record).$($path).+ })
                },
            )),*],
        }),+]
    };
}

macro_rules! types {
    ($($name:ident)+) => {
        vec![$((stringify!($name), size_of::<$name>(), align_of::<$name>())),+]
    };
}

pub fn records() -> Vec<Measured> {
    measure! {
                lws_pollargs { fd, events, prev_events }
                lws_dll2 { prev, next, owner }
                lws_dll2_owner { tail, head, count }
                lws_sorted_usec_list { list, us, cb, latency_us }
                lws_state_notify_link { list, notify_cb, name }
                lws_state_manager { notify_list, context, parent, smd_class, state_names, name, state }
                lws_retry_bo { retry_ms_table, retry_ms_table_count, conceal_count, secs_since_valid_ping,
            secs_since_valid_hangup, jitter_percent }
                lws_sock_file_fd_type { sockfd, filefd }
                lws_udp { sa, salen, sa_pending, salen_pending }
                lws_adopt_desc { vh, r#type, fd, vh_prot_name, parent, opaque }
                lws_sockaddr46 { sa6, sa4 }
                lws_system_ops { reboot, set_clock, attach, captive_portal_detect_request, wake_latency_us }
                lws_detlat { earliest_write_req, earliest_write_req_pre_write, aux, r#type, latencies, req_size,
            acc_size }
                lws_ssl_info { r#where, ret }
                lws_acme_cert_aging_args { vh, element_overrides }
                lws_filter_network_conn_args { cli_addr, clilen, accept_fd }
                lws_ext_options { name, r#type }
                lws_ext_option_arg { option_name, option_index, start, len }
                lws_extension { name, callback, client_offer }
                lws_protocols { name, callback, per_session_data_size, rx_buffer_size, id, user, tx_packet_size }
                lws_plugin_header { name, _class, api_magic }
                lws_plugin_protocol { hdr, protocols, extensions, count_protocols, count_extensions }
                lws_plugin { list, hdr, u, u.l }
                lws_plugin_evlib { hdr, ops }
                lws_context_creation_info { iface, protocols, extensions, token_limits, http_proxy_address, headers,
            reject_service_keywords, pvo, log_filepath, mounts, server_string, error_document_404, port,
            http_proxy_port, max_http_header_data2, max_http_header_pool2, keepalive_timeout, http2_settings,
            max_http_header_data, max_http_header_pool, ssl_private_key_password, ssl_cert_filepath,
            ssl_private_key_filepath, ssl_ca_filepath, ssl_cipher_list, ecdh_curve, tls1_3_plus_cipher_list,
            server_ssl_cert_mem, server_ssl_private_key_mem, server_ssl_ca_mem, ssl_options_set, ssl_options_clear,
            simultaneous_ssl_restriction, ssl_info_event_mask, server_ssl_cert_mem_len,
            server_ssl_private_key_mem_len, server_ssl_ca_mem_len, alpn, client_ssl_private_key_password,
            client_ssl_cert_filepath, client_ssl_cert_mem, client_ssl_cert_mem_len, client_ssl_private_key_filepath,
            client_ssl_key_mem, client_ssl_ca_filepath, client_ssl_ca_mem, client_ssl_cipher_list,
            client_tls_1_3_plus_cipher_list, ssl_client_options_set, ssl_client_options_clear, client_ssl_ca_mem_len,
            client_ssl_key_mem_len, provided_client_ssl_ctx, ka_time, ka_probes, ka_interval, timeout_secs,
            connect_timeout_secs, bind_iface, timeout_secs_ah_idle, gid, uid, options, user, count_threads,
            fd_limit_per_thread, vhost_name, external_baggage_free_on_destroy, pt_serv_buf_size, fops, caps,
            count_caps, foreign_loops, signal_cb, pcontext, finalize, finalize_arg, listen_accept_role,
            listen_accept_protocol, pprotocols, username, groupname, unix_socket_perms, system_ops,
            retry_and_idle_policy, register_notifier_list, rlimit_nofile, udp_loss_sim_tx_pc, udp_loss_sim_rx_pc,
            early_smd_cb, early_smd_opaque, early_smd_class_filter, _unused }
                lws_protocol_vhost_options { next, options, name, value }
                lws_http_mount { mount_next, mountpoint, origin, def, protocol, cgienv, extra_mimetypes, interpret,
            cgi_timeout, cache_max_age, auth_mask, origin_protocol, mountpoint_len, basic_auth_login_file, _unused }
                lws_client_connect_info { context, address, port, ssl_connection, path, host, origin, protocol,
            ietf_version_or_minus_one, userdata, client_exts, method, parent_wsi, uri_replace_from, uri_replace_to,
            vhost, pwsi, iface, local_protocol_name, alpn, seq, opaque_user_data, retry_and_idle_policy,
            manual_initial_tx_credit, sys_tls_client_cert, mqtt_cp, keep_warm_secs, _unused }
                lws_process_html_args { p, len, max_len, r#final, chunked }
                lws_process_html_state { start, swallow, pos, data, vars, count_vars, replace }
                lws_tokens { token, len }
                lws_token_limits { token_limit }
                lws_spa_create_info { param_names, count_params, max_storage, opt_cb, opt_data, param_names_stride,
            ac, ac_chunk_size }
                lws_dir_entry { name, r#type }
                lws_dir_glob { filter, cb, user }
                lws_wifi_scan { next, ssid, rssi, bssid, count, channel, authmode }
                lws_humanize_unit { name, factor }
                lws_fsmount { layers_path, overlay_path, mp, ovname, distro, layers }
                lws_write_passthru { wsi, buf, len, wp }
                lws_b64state { quad, done, len, i, c }
                lws_tls_cert_info_results { verified, time, usage, ns, ns.len, ns.name }
                lws_cgi_args { stdwsi, ch, data, hdr_state, len }
                lws_fop_fd { fd, fops, filesystem_priv, pos, len, flags, mod_time }
                lws_fops_index { sig, len }
                lws_plat_file_ops { open, close, seek_cur, read, write, fi, next }
                _lejp_stack { s, p, i, b }
                _lejp_parsing_stack { user, callback, paths, count_paths, ppos, path_match }
                lejp_ctx { user, pst, st, i, wild, path, buf, path_stride, line, uni, npos, dcount, f, sp, ipos,
            count_paths, path_match, path_match_len, wildcount, pst_sp, outer_array }
                lejp_collation { chunks, len, buf }
                lws_struct_map { colname, child_map, lejp_cb, ofs, aux, ofs_clist, child_map_size, r#type }
                lws_struct_args { map_st, cb, ac, cb_arg, dest, dest_len, toplevel_dll2_ofs, map_entries_st,
            ac_block_size, subtype, top_schema_index, ac_chunks, chunks_owner, chunks_length }
                lws_struct_serialize_st { dllpos, map, obj, map_entries, map_entry, size, subsequent, idt }
                lws_struct_serialize { st, offset, remaining, sp, flags }
                lws_threadpool_create_args { threads, max_queue_depth }
                lws_threadpool_task_args { wsi, user, name, async_task, task, cleanup }
                lws_tokenize { start, token, len, token_len, flags, delim, e }
                lws_strexp { name, cb, r#priv, out, olen, pos, exp_ofs, name_pos, state }
                lws_fts_result_filepath { next, matches, matches_length, lines_in_file, filepath_length }
                lws_fts_result_autocomplete { next, instances, agg_instances, ac_length, elided, has_children }
                lws_fts_result { filepath_head, autocomplete_head, duration_ms, effective_flags }
                lws_fts_search_params { needle, only_filepath, results_head, flags, max_autocomplete, max_files,
            max_lines }
                lws_seq_info { context, tsi, user_size, puser, cb, name, retry }
                lws_ss_info { streamtype, user_alloc, handle_offset, opaque_user_data_offset, rx, tx, state,
            manual_initial_tx_credit, flags }
                lws_ss_x509 { next, vhost_name, ca_der, ca_der_len }
                lws_ss_trust_store { next, name, ssx509, count }
                lws_ss_metadata { next, name, value, length, value_on_lws_heap }
                lws_ss_policy { next, streamtype, endpoint, rideshare_streamtype, payload_fmt, socks5_proxy, metadata,
            u, u.http, u.http.method, u.http.url, u.http.multipart_name, u.http.multipart_filename,
            u.http.multipart_content_type, u.http.blob_header, u.http.auth_preamble, u.http.u, u.http.u.ws,
            u.http.u.ws.subprotocol, u.http.u.ws.binary, u.http.resp_expect, trust, trust.store, trust.server,
            trust.server.cert, trust.server.key, retry_bo, timeout_ms, flags, port, metadata_count, protocol,
            client_cert }
                lws_token_map { u, u.value, u.bvalue, u.lvalue, name_index, length_or_zero }
                lws_abs_protocol { name, alloc, flags, create, destroy, compare, accept, rx, writeable, closed,
            heartbeat, child_bind }
                lws_abs_transport { name, alloc, create, destroy, compare, tx, client_conn, close, ask_for_writeable,
            set_timeout, state }
                lws_unit_test_packet { buffer, pre, len, flags }
                lws_unit_test { name, expect_array, max_secs }
                lws_test_sequencer_args { abs, tests, results, results_max, count_tests, count_passes, cb, cb_user }
                lws_gencrypto_keyelem { buf, len }
                lws_genhash_ctx { r#type, evp_type, mdctx }
                lws_genhmac_ctx { r#type, evp_type, ctx, key }
                lws_genrsa_ctx { bn, ctx, rsa, context, mode }
                lws_genaes_ctx { ctx, cipher, engine, init, tag, k, op, mode, padding, taglen, underway }
                lws_genec_ctx { ctx, context, curve_table, genec_alg, has_private }
                lws_ec_curves { name, tls_lib_nid, key_bytes }
                lws_jwk { e, meta, kty, private_key }
                lws_jwk_parse_state { jwk, b64, per_key_cb, user, pos, possible }
                lws_jose_jwe_alg { hash_type, hmac_type, algtype_signing, algtype_crypto, alg, curve_name,
            keybits_min, keybits_fixed, ivbits }
                lws_jws_recpient { unprot, jwk_ephemeral, jwk }
                lws_jose { e, recipient, typ, alg, enc_alg, recipients }
                lws_jws_map { buf, len }
                lws_jws { jwk, context, map, map_b64 }
                lws_jwt_sign_set_cookie { jwk, alg, iss, aud, cookie_name, sub, extra_json, extra_json_len, csrf_in,
            expiry_unix_time }
                lws_jwe { jose, jws, jwk, cek, recip }
                lws_i2c_ops { init, start, stop, write, read, set_ack }
                lws_spi_desc { src, data, dest, opaque, completion_cb, count_cmd, count_write, count_read, txn_type,
            channel }
                lws_spi_ops { init, queue, bus_mode }
                lws_gpio_ops { mode, read, set, irq_mode }
                lws_bb_i2c { bb_ops, scl, sda, gpio, delay }
                lws_bb_spi { bb_ops, gpio, clk, ncs, ncmd, mosi, miso, flags }
                lws_button_regime { ms_min_down, ms_min_down_longpress, ms_up_settle, ms_doubleclick_grace,
            ms_repeat_down, flags }
                lws_button_map { gpio, smd_interaction_name, regime }
                lws_button_controller { smd_bc_name, gpio_ops, button_map, active_state_bitmap, count_buttons }
                lws_led_sequence_def_t { func, ledphase_offset, ledphase_total, ms, flags }
                lws_led_state_ch { seq, ph, step, phase_budget, last }
                lws_led_state_chs { seqs }
                lws_led_ops { intensity, create, destroy }
                lws_led_gpio_map { name, gpio, intensity_correction, pwm_ops, active_level }
                lws_led_gpio_controller { led_ops, gpio_ops, led_map, count_leds }
                lws_pwm_map { gpio, index, active_level }
                lws_pwm_ops { init, intensity, pwm_map, count_pwm_map }
                lws_display { init, bl_pwm_ops, contrast, blit, power, bl_active, bl_dim, bl_transition, variant,
            bl_index, w, h, latency_wake_ms }
                lws_display_state { sul_autodim, disp, ctx, autodim_ms, off_ms, bl_lcs, chs, state }
                lws_display_ssd1306 { disp, i2c, gpio, reset_gpio, i2c7_address }
                lws_display_ili9341 { disp, spi, gpio, reset_gpio, spi_index }
                lws_settings_instance_t { handle_plat, so, refcount, opaque_plat }
                lws_settings_ops { get, set }
                lws_netdev_config { plat_config }
                lws_netdev_ops { create, configure, up, down, event, destroy, connect, scan }
                lws_netdevs { owner, owner_creds, ac_creds, si, sa46_dns_resolver, refcount_creds }
                lws_netdev_instance { name, ops, platinfo, list, mac, r#type }
                lws_wifi_creds { list, bssid, passphrase, ssid, alg }
                lws_netdev_instance_wifi { inst, scan, sul_scan, ap_cred, ap_ip, sta_ads, current_attempt_ssid,
            current_attempt_bssid, flags, state }
                lws_wifi_sta { list, last_seen, last_tried, bssid, ssid, ssid_len, ch, rssi, rssi_avg, authmode,
            rssi_count, rssi_next }
    }
}

pub fn types() -> Vec<(&'static str, usize, usize)> {
    types! {
        pending_timeout lws_adoption_type lws_system_blob_item_t lws_system_states_t lws_cpd_result_t lws_close_status
        lws_cert_update_state lws_callback_reasons lws_extension_callback_reasons lws_ext_options_types
        lws_mount_protocols lws_authentication_mode lws_client_connect_ssl_connection_flags http_status
        lws_token_indexes lws_h2_settings lws_spa_fileupload_states lws_dir_obj_type_t lws_write_protocol
        lws_tls_cert_info lws_enum_stdinouterr lws_cgi_hdr_state lejp_states lejp_reasons lejp_callbacks num_flags
        lws_struct_map_type_eum lws_struct_json_serialize_result_t lws_threadpool_task_status
        lws_threadpool_task_return lws_tokenize_elem lws_tokenize_delimiter_tracking lws_seq_events_t
        lws_seq_cb_return lws_ss_constate_t lws_ss_conn_states_t lws_ss_state_return lws_unit_test_packet_disposition
        dns_query_type lws_async_dns_retcode_t lws_gencrypto_kty lws_gencrypto_oct_tok lws_gencrypto_rsa_tok
        lws_gencrypto_ec_tok lws_gencrypto_aes_tok lws_genhash_types lws_genhmac_types enum_genrsa_mode enum_aes_modes
        enum_aes_operation enum_aes_padding enum_genec_alg enum_lws_dh_side enum_jwk_meta_tok lws_jws_jose_hdr_indexes
        lws_jose_algtype enum_jws_sig_elements lws_gpio_irq_t lws_display_controller_state lws_netdev_type_t
        lws_netdev_wifi_state_t lws_sockfd_type lws_filefd_type lws_usec_t lws_filepos_t lws_fileofs_t lws_fop_flags_t
        lws_dll2_t lws_dll2_owner_t sul_cb_t lws_sorted_usec_list_t lws_smd_class_t lws_smd_notification_cb_t
        lws_state_notify_t lws_state_notify_link_t lws_state_manager_t lws_retry_bo_t lws_sock_file_fd_type
        lws_adopt_desc_t lws_sockaddr46 lws_attach_cb_t lws_system_ops_t dhcpc_cb_t lws_detlat_t det_lat_buf_cb_t
        lws_plugin_header_t lws_plugin_protocol_t lws_plugin_evlib_t each_plugin_cb_t lws_context_ready_cb_t
        lws_peer_limits_notify_t lws_reload_func lws_process_html_state_cb lws_spa_fileupload_cb lws_spa_create_info_t
        lws_dir_glob_cb_t lws_dir_glob_t lws_humanize_unit_t lws_fop_fd_t lejp_callback lejp_collation_t
        lws_struct_map_t lws_struct_args_cb lws_struct_args_t lws_struct_serialize_st_t lws_struct_serialize_t
        lws_tokenize_t lws_strexp_expand_cb lws_strexp_t lwsac_cached_file_t lws_list_ptr lws_list_ptr_sort_func_t
        lws_seq_cb_return_t lws_seq_event_cb lws_seq_info_t lws_ss_tx_ordinal_t lws_ss_state_return_t lws_ss_info_t
        plugin_auth_status_cb lws_ss_x509_t lws_ss_trust_store_t lws_ss_metadata_t lws_ss_policy_t lws_token_map_t
        lws_abs_protocol_t lws_abs_transport_t lws_unit_test_packet_test_cb lws_unit_test_packet_cb
        lws_unit_test_packet_t lws_unit_test_t lws_test_sequence_cb lws_test_sequencer_args_t adns_query_type_t
        lws_async_dns_cb_t lws_jwk_key_import_callback lws_i2c_ops_t lws_spi_cb_t lws_spi_desc_t lws_spi_ops_t
        _lws_plat_gpio_t lws_gpio_irq_cb_t lws_gpio_ops_t lws_bb_i2c_t lws_bb_spi_t lws_button_idx_t lws_button_cb_t
        lws_button_regime_t lws_button_map_t lws_button_controller_t lws_led_intensity_t lws_led_seq_phase_t
        lws_led_lookup_t lws_led_sequence_def_t lws_led_state_ch_t lws_led_state_chs_t lws_led_ops_t
        lws_led_gpio_map_t lws_led_gpio_controller_t lws_pwm_map_t lws_pwm_ops_t lws_display_scalar lws_display_t
        lws_display_state_t lws_display_ssd1306_t lws_display_ili9341_t lws_settings_instance_t lws_settings_ops_t
        lws_wifi_ch_t lws_wifi_rssi_t lws_netdev_config_t lws_netdev_ops_t lws_netdevs_t lws_netdev_instance_t
        lws_wifi_creds_t lws_netdev_instance_wifi_t lws_wifi_sta_t
    }
}
